# pinfetch itself, in the form of nixpkgs: pkgs.callPackage ./nix/package.nix { }
{
  lib,
  buildGoModule,
  installShellFiles,
  src ? lib.cleanSource ../.,
}:

let
  version = "0-unstable";
in
buildGoModule {
  pname = "pinfetch";
  inherit version src;

  # Hash of the folder that `go mod vendor` makes; a test computes it again.
  vendorHash = "sha256-aZ1iomUqmmRRITUSeyRMoCzpnWuvLdmfxx0RR/+cWOk=";

  subPackages = [ "cmd/pinfetch" ];
  env.CGO_ENABLED = 0;
  ldflags = [
    "-s"
    "-w"
    "-X main.release=${version}"
  ];

  # Its tests want git, a forge on loopback and Nix: ./dev test runs them.
  doCheck = false;

  # Both are files of the source, so that a cross build need not run the program.
  nativeBuildInputs = [ installShellFiles ];
  postInstall = ''
    installManPage docs/pinfetch.1
    installShellCompletion cmd/pinfetch/completion/pinfetch.*
  '';

  meta = {
    description = "Pin build-time dependencies for Nix, without Nix";
    homepage = "https://github.com/pinfetch/pinfetch";
    changelog = "https://github.com/pinfetch/pinfetch/blob/main/CHANGELOG.md";
    license = lib.licenses.mit;
    mainProgram = "pinfetch";
    platforms = lib.platforms.unix;
  };
}
