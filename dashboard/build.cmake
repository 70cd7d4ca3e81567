# cmake [-DOUTPUT=file] -P dashboard/build.cmake
# Joins the page's source into one template. The security policy names the one script and the one
# style sheet by their SHA-256, so nothing else can run.
if(NOT OUTPUT)
  set(OUTPUT "${CMAKE_CURRENT_LIST_DIR}/dist/template.html")
endif()
set(source "${CMAKE_CURRENT_LIST_DIR}/src")

# base64 of the SHA-256 of `text`: three bytes at a time become four letters.
function(hash_base64 result text)
  set(letters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(SHA256 digits "${text}")
  set(out "")
  foreach(at RANGE 0 54 6)  # nine groups of three bytes, then two bytes
    string(SUBSTRING "${digits}" ${at} 6 group)
    math(EXPR value "0x${group}")
    foreach(shift 18 12 6 0)
      math(EXPR index "(${value} >> ${shift}) & 63")
      string(SUBSTRING "${letters}" ${index} 1 letter)
      string(APPEND out "${letter}")
    endforeach()
  endforeach()
  string(SUBSTRING "${digits}" 60 4 group)
  math(EXPR value "0x${group} << 8")
  foreach(shift 18 12 6)
    math(EXPR index "(${value} >> ${shift}) & 63")
    string(SUBSTRING "${letters}" ${index} 1 letter)
    string(APPEND out "${letter}")
  endforeach()
  set(${result} "${out}=" PARENT_SCOPE)
endfunction()

set(script "(() => {\n\"use strict\";\n")
foreach(name decode elements tables charts sections pictures main)
  file(READ "${source}/${name}.js" text)
  string(APPEND script "\n${text}")
endforeach()
string(APPEND script "})();\n")
file(READ "${source}/style.css" style)
string(FIND "${script}" "</" closing)
if(NOT closing EQUAL -1)
  message(FATAL_ERROR "the script holds '</', which could end its element")
endif()

hash_base64(script_hash "${script}")
hash_base64(style_hash "${style}")
string(CONCAT policy
  "default-src 'none'; script-src 'sha256-${script_hash}'; style-src 'sha256-${style_hash}'; "
  "img-src data: blob:; connect-src 'none'; object-src 'none'; base-uri 'none'; "
  "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'")

file(READ "${source}/index.html" page)
string(REPLACE "<!--POLICY-->" "${policy}" page "${page}")
string(REPLACE "<!--STYLE-->" "${style}" page "${page}")
string(REPLACE "<!--SCRIPT-->" "${script}" page "${page}")
file(WRITE "${OUTPUT}" "${page}")
