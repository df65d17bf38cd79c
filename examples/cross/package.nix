# A prebuilt program has one source per system. This one runs while the package is built, so it has to be that
# of the machine that builds: `buildPackages.pins`. `pins` alone is that of the machine the package is for.
{ stdenv, buildPackages, pins }:

stdenv.mkDerivation {
  inherit (pins.bats-core) pname version src;
  buildPhase = "${buildPackages.pins.pandoc}/bin/pandoc --output manual.html README.md";
  installPhase = "install -Dm644 -t $out/share/doc manual.html";
}
