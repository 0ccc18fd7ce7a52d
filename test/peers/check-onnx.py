"""Checks ONNX files with the official checker and strict shape inference.

Usage: python3 check-onnx.py FOLDER     prints one JSON object: file name -> what is wrong
"""

import json
import pathlib
import sys

import onnx

problems = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        declared = {output.name: output.type for output in model.graph.output}
        for output in inferred.graph.output:
            if output.type != declared[output.name]:
                raise ValueError(f"output {output.name}: declared and inferred types disagree")
    except Exception as error:
        problems[path.name] = f"{type(error).__name__}: {error}"
print(json.dumps(problems))
