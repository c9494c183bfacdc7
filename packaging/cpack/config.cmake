# Read by cpack before each package: its own times come from here, and files get no group's or stranger's write bit.
set(ENV{SOURCE_DATE_EPOCH} "${CPACK_KOLEGA_EPOCH}")
