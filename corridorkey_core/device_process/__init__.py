"""A process for each device, so that no device waits for Python's lock.

    the run's process                                  a device's process
      early      how many, before torch is there         child      begins, and ends with the run's
      started    one process, from start to end          owner      one shot after another
      crew       processes, and devices in them          on_device  a shot on the device
      placing    read frames into shared memory          page_lock  memory a GPU copies by itself
      remote     a frame keyed elsewhere
      arrivals   whose pixels are there

    messages   what is asked and answered
    channel    how it travels, open files with it
    block      memory that both have; lending, parcel: pictures in it

Plates lie in blocks of the run's process, results in blocks of the device's; only names travel, and
no pixel is copied on the way. A block has no name in any file system: it is gone with the last
process that has it, however that one ends. Linux only.
"""
