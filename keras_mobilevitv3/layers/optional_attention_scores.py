import keras


class ReturnsAttentionScores:
    """Put before `keras.layers.Layer`, for layers whose `call` takes `return_attention_scores`.

    Their `compute_output_shape` is that of the outputs alone; with scores, Keras traces `call` to know the shapes.
    """

    def compute_output_spec(self, inputs, training=None, return_attention_scores=False):
        if not return_attention_scores:
            return super().compute_output_spec(inputs, training=training)
        return keras.Operation.compute_output_spec(self, inputs, training=training, return_attention_scores=True)
