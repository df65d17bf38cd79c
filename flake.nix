{
  description = "Pin build-time dependencies for Nix, without Nix";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { nixpkgs, ... }:
    let
      inherit (nixpkgs) lib;
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
    in
    {
      overlays.default = import ./nix/overlay.nix;
      nixosModules.default = { imports = [ ./nix/module.nix ]; };
      packages = lib.genAttrs systems (system: {
        default = nixpkgs.legacyPackages.${system}.callPackage ./nix/package.nix { };
      });
    };
}
