#!/usr/bin/env bash
# The kernels written for one chip, tested there; then the forward pass and a whole frame, timed.
#
#     bash benchmarks/forward_check.sh
set -u
cd "$(dirname "$0")/.." || exit
export FAIL_WITHOUT_GPU=1 PYTHONUNBUFFERED=1
timeout 25 python3 -m pytest -q -x -m gpu tests/test_corridorkey_hopper.py 2>&1 | tail -n 15
python3 benchmarks/gpu.py --skip first pipeline --runs 10
