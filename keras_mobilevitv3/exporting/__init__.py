"""Models for other runtimes. A process with the TensorFlow backend writes them, whatever the backend is."""
