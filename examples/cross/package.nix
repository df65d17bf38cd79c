# A prebuilt program has one source per system. pandoc runs while the package is built, so it must be the one for
# the build machine, from `buildPackages.pins`. `pins` has the one for the machine that the package will run on.
{ stdenv, buildPackages, pins }:

stdenv.mkDerivation {
  inherit (pins.bats-core) pname version src;
  buildPhase = "${buildPackages.pins.pandoc}/bin/pandoc --output manual.html README.md";
  installPhase = "install -Dm644 -t $out/share/doc manual.html";
}
