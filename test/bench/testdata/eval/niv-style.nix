# A reader that downloads with a builtin while Nix evaluates, as that of niv does: any source can be replaced
# by a variable of the environment, and names are made fit for the store.
let
  sources = builtins.fromJSON (builtins.readFile ./niv-style.json);

  storeName = name:
    builtins.concatStringsSep "-" (builtins.filter builtins.isString (builtins.split "[^A-Za-z0-9+._?=-]+" name)) + "-src";

  variable = name:
    "NIV_OVERRIDE_" + builtins.concatStringsSep "_" (builtins.filter builtins.isString (builtins.split "[^A-Za-z0-9]+" name));

  replaced = name: path:
    let other = builtins.getEnv (variable name); in
    if other == "" then path else /. + other;

  fetch = name: source:
    if !(source ? type) then throw "source ${name} has no type"
    else if source.type == "tarball" then builtins.fetchTarball { name = storeName name; inherit (source) url sha256; }
    else if source.type == "git" then builtins.fetchGit { url = source.repo; inherit (source) rev; }
    else throw "sources of type ${source.type} are not part of this benchmark";
in
builtins.mapAttrs
  (name: source:
    if source ? outPath then throw "source ${name} has an outPath"
    else source // { outPath = replaced name (fetch name source); })
  sources
