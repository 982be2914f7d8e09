from pathlib import Path


def litert_parts(path: Path) -> int:
    """Returns the number of parts in which XNNPACK computes a LiteRT file: 1 if no operation is left to slower code."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    return sum(operation["op_name"] == "DELEGATE" for operation in interpreter._get_ops_details())
