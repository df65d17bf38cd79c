# An overlay applies to the package sets of both machines, so that `buildPackages.pins` is there too.
final: prev: { pins = final.callPackage ./pinfetch { }; }
