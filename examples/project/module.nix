# A NixOS module. It gets pins from the overlay, as `pkgs.pins`, or as a module argument.
{ pkgs, blocklist, ... }:

{
  nixpkgs.overlays = [ (import ./overlay.nix) ];

  # An argument for this and all other modules. Do not use it in `imports`: Nix resolves those before it builds sources.
  _module.args.blocklist = pkgs.pins.hosts;

  environment.systemPackages = [ pkgs.bats ];
  environment.etc."bats/core".source = pkgs.pins.bats-core;
  networking.hostFiles = [ "${blocklist}/hosts" ];
}
