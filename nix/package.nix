# pinfetch as a nixpkgs package: pkgs.callPackage ./nix/package.nix { }
{
  lib,
  go,
  buildGoModule,
  buildGo126Module ? null,
  installShellFiles,
  src ? lib.cleanSource ../.,
}:

let
  version = "0-unstable";

  build =
    if lib.versionAtLeast go.version "1.26" then buildGoModule
    else if buildGo126Module != null then buildGo126Module
    else throw "pinfetch: needs Go 1.26, and this nixpkgs has Go ${go.version}: use nixpkgs 26.05 or newer";
in
build {
  pname = "pinfetch";
  inherit version src;

  # Hash of the directory that `go mod vendor` writes; TestVendorHash checks it.
  vendorHash = "sha256-hyAAIsA30pVUTHWb3AxFTfrw9dS8AakydKopdxudf+E=";

  subPackages = [ "cmd/pinfetch" ];
  env.CGO_ENABLED = 0;
  # The library for commands leaves out what writes its documentation, which takes time at every start.
  tags = [ "urfave_cli_no_docs" ];
  ldflags = [
    "-s"
    "-w"
    "-X main.release=${version}"
  ];

  # The tests need git, a forge on loopback and Nix: run them with ./dev test.
  doCheck = false;

  # Both are checked in, so that a cross build does not have to run the program.
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
