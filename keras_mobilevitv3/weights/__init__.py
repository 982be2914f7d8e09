def check_weights(*a): pass
def load_weights(*a): pass
