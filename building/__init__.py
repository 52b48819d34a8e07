"""From a bare Python to a keyed sample shot; standard library only.

build.py
  -> commands      setup, demo, test, check, wheels: what a person can ask for
  -> machine       what this machine shows: system, NVIDIA GPUs, driver
  -> torch_build   which build of torch that calls for, and where to get it
  -> environment   the virtual environment, whole or torn, and the state it is known to be in
  -> pip           pip in a child process; its failures in words, with what to try
  -> verify        what the finished environment can import, and whether torch sees the GPU
  -> set_up        the flow of the above
  -> word          says to hosts where the environment is
  -> package       what artists install: package_blender; vendor carries our parts within
  -> blenders      real Blenders to test with
  -> demo, check   what a finished environment is used for
"""
