# CPack writes whoever built into a .tar.gz, so it is packed anew: sorted, owned by root, with one time.
foreach(package IN LISTS CPACK_PACKAGE_FILES)
  if(package MATCHES "\\.tar\\.gz$")
    get_filename_component(folder "${CPACK_TEMPORARY_DIRECTORY}" NAME)
    get_filename_component(above "${CPACK_TEMPORARY_DIRECTORY}" DIRECTORY)
    execute_process(
      COMMAND tar --create --sort=name --format=gnu --owner=0 --group=0 --numeric-owner
        --mtime=@${CPACK_KOLEGA_EPOCH} -C "${above}" "${folder}"
      COMMAND gzip -9n
      OUTPUT_FILE "${package}" COMMAND_ERROR_IS_FATAL ANY)
  endif()
endforeach()
