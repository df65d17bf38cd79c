# An overlay applies to the package sets of both machines, so `buildPackages.pins` exists too.
final: prev: { pins = final.callPackage ./pinfetch { }; }
