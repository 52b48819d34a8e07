#!/usr/bin/env bash
# Everything that needs a GPU, in one go: the GPU tests, the goals (network, a whole frame, files to files,
# a first frame), the builtin keyer, and the pipeline on two cores without the GPU.
#
#     bash benchmarks/on_gpu.sh [OUT_FOLDER]
#
# Uses the `python3` on the path; exits with the tests' status.
set -u
cd "$(dirname "$0")/.." || exit
out=${1:-.}
export FAIL_WITHOUT_GPU=1 PYTHONUNBUFFERED=1

python3 -m pytest -q -m gpu tests 2>&1 | tee "$out/gpu_tests.log" | tail -n 15
status=${PIPESTATUS[0]}
python3 benchmarks/gpu.py 2>&1 | tee "$out/gpu.log"
python3 benchmarks/builtin.py 2>&1 | tee "$out/builtin.log"
taskset -c 0,1 env CUDA_VISIBLE_DEVICES= python3 benchmarks/pipeline.py --frames 8 keyer=chroma 2>&1 |
  tee "$out/pipeline.log"
python3 benchmarks/deflate.py 2>&1 | tee "$out/deflate.log"
python3 benchmarks/encode.py --repeats 2 2>&1 | tee "$out/encode.log"
exit "$status"
