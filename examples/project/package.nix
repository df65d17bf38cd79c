# The source is an argument, so pkg.override { src = ../bats-core; } builds local changes.
{
  stdenv,
  callPackage,
  pins ? callPackage ./pinfetch { },
  src ? pins.bats-core,
}:

stdenv.mkDerivation {
  inherit (pins.bats-core) pname version;
  inherit src;
  installPhase = "bash ./install.sh $out";
}
