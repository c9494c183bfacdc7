# Between installing into the staging folder and packing it: what only a Debian package has, and one time for all.
if(CPACK_GENERATOR STREQUAL DEB)
  file(GLOB_RECURSE programs "${CPACK_TEMPORARY_DIRECTORY}/*/bin/kolega-gate")
  list(GET programs 0 program)
  get_filename_component(prefix "${program}" DIRECTORY)
  get_filename_component(prefix "${prefix}" DIRECTORY)
  set(documents ${prefix}/share/doc/kolega-gate)
  execute_process(COMMAND date --utc -R --date=@${CPACK_KOLEGA_EPOCH} OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
  file(WRITE ${documents}/changelog.Debian "kolega-gate (${CPACK_PACKAGE_VERSION}-1) stable; urgency=medium

  * Release ${CPACK_PACKAGE_VERSION}; what it changes: changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
  file(RENAME ${documents}/CHANGELOG.md ${documents}/changelog)
  file(REMOVE ${documents}/LICENSE) # /usr/share/common-licenses has it
  execute_process(COMMAND gzip -9n ${documents}/changelog.Debian ${documents}/changelog
    COMMAND_ERROR_IS_FATAL ANY)
  file(MAKE_DIRECTORY ${prefix}/share/lintian/overrides)
  configure_file(${CPACK_KOLEGA_SOURCE}/lintian-overrides ${prefix}/share/lintian/overrides/kolega-gate COPYONLY)
  file(RENAME ${prefix}/share/zsh/site-functions ${prefix}/share/zsh/vendor-completions)
endif()
execute_process(COMMAND chmod -R u=rwX,go=rX "${CPACK_TEMPORARY_DIRECTORY}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND find "${CPACK_TEMPORARY_DIRECTORY}" -exec touch --no-dereference --date=@${CPACK_KOLEGA_EPOCH} {} +
  COMMAND_ERROR_IS_FATAL ANY)
