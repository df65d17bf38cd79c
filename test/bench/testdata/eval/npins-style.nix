# A reader that downloads with a builtin while Nix evaluates, as that of npins does by default: pins of git
# repositories are the forge's archives, and each pin is an attribute set that is used as a path.
let
  data = builtins.fromJSON (builtins.readFile ./npins-style.json);

  source = pin:
    assert pin ? type;
    let
      path =
        if pin.type == "Git" || pin.type == "GitRelease" then git pin
        else throw "pins of type ${pin.type} are not part of this benchmark";
    in
    pin // { outPath = path; };

  git = { repository, revision, url ? null, hash, ... }:
    assert repository ? type;
    if url != null then builtins.fetchTarball { inherit url; sha256 = hash; }
    else builtins.fetchGit { url = "https://github.com/${repository.owner}/${repository.repo}.git"; rev = revision; };
in
if data.version != 5 then throw "this reader knows version 5"
else builtins.mapAttrs (_: source) data.pins
