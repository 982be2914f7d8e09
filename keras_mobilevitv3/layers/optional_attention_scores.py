import keras


class OptionalAttentionScores:
    """Mixin, placed before `keras.layers.Layer`, for layers whose `call` takes `return_attention_scores`.

    `compute_output_shape` of such a layer returns the shape of the outputs without scores. With scores, Keras traces
    `call` to find the shapes.
    """

    def compute_output_spec(self, inputs, training=None, return_attention_scores=False):
        if not return_attention_scores:
            return keras.Layer.compute_output_spec(self, inputs, training=training)
        return keras.Operation.compute_output_spec(self, inputs, training=training, return_attention_scores=True)
