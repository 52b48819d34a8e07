#!/usr/bin/env bash
# Everything that needs two GPUs, in one go: two devices beside one, then the tests of two devices.
#
#     bash benchmarks/on_two_gpus.sh [OUT_FOLDER]
#
# Uses the `python3` on the path; exits with the tests' status.
set -u
cd "$(dirname "$0")/.." || exit
out=${1:-.}
export FAIL_WITHOUT_GPU=1 PYTHONUNBUFFERED=1

python3 benchmarks/devices.py --frames 64 2>&1 | tee "$out/devices.log"
python3 -m pytest -q -p no:cacheprovider tests/test_devices_gpu.py tests/test_device_process_gpu.py 2>&1 |
  tee "$out/devices_tests.log" | tail -n 60
exit "${PIPESTATUS[0]}"
