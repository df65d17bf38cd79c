# A grammar is C code: a generated parser, and often a scanner.
{ stdenv, pin }:

stdenv.mkDerivation {
  inherit (pin) pname version src;
  buildPhase = ''
    scanner=
    if [ -e src/scanner.c ]; then scanner=src/scanner.c; fi
    $CC -shared -fPIC -Os -I src -o parser.so src/parser.c $scanner
  '';
  installPhase = "install -Dm755 -t $out parser.so";
}
