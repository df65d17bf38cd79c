# All arguments, including `pins`, come from the scope in default.nix.
{ stdenv, pins, bats-support, bats-assert }:

stdenv.mkDerivation {
  inherit (pins.bats-core) pname version src;
  installPhase = ''
    bash ./install.sh $out
    mkdir -p $out/share
    for library in ${bats-support} ${bats-assert}; do
      cp -r $library/share/bats $out/share
      chmod -R u+w $out/share
    done
  '';
}
