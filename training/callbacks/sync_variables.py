import keras


def sync_variables(model):
    """Updates the variables of a model to the last step. JAX keeps the values elsewhere during an epoch."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()
