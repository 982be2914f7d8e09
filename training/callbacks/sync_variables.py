import keras


def sync_variables(model):
    """Gives a model's variables the values of the last step, which JAX keeps apart from them during an epoch."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()
