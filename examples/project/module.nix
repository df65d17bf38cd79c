# A NixOS module: pins reach it through the overlay, as `pkgs.pins`, or as an argument of its own.
{ pkgs, blocklist, ... }:

{
  nixpkgs.overlays = [ (import ./overlay.nix) ];

  # For this and all other modules. Not for `imports`: a source is there when it is built, not when modules are found.
  _module.args.blocklist = pkgs.pins.hosts;

  environment.systemPackages = [ pkgs.bats ];
  environment.etc."bats/core".source = pkgs.pins.bats-core;
  networking.hostFiles = [ "${blocklist}/hosts" ];
}
