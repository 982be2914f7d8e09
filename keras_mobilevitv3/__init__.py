"""MobileViTv3 in Keras 3."""
