# A NixOS module that updates a project's pins on a schedule.
#
#     services.pinfetch = {
#       enable = true;
#       directory = "/srv/project";
#       user = "project";
#       environmentFile = "/run/keys/pinfetch";     # GITHUB_TOKEN=…
#     };
#
# A timer runs `pinfetch update --commit` in the directory. If a pin fails, it keeps its entry, the others are
# updated, and the unit fails. To also push the commit:
#
#     systemd.services.pinfetch.postStop = "git push";
{ config, lib, pkgs, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.services.pinfetch;
in
{
  options.services.pinfetch = {
    enable = lib.mkEnableOption "scheduled updates of a project's pins";

    package = mkOption {
      type = types.package;
      default = pkgs.pinfetch or (pkgs.callPackage ./package.nix { });
      defaultText = lib.literalExpression "pkgs.pinfetch";
      description = "The pinfetch package to run.";
    };

    directory = mkOption {
      type = types.path;
      example = "/srv/project";
      description = "The project's directory: the root of a git work tree that contains pinfetch/pins.json and belongs to the user.";
    };

    schedule = mkOption {
      type = types.str;
      default = "daily";
      example = "Mon 04:00";
      description = "When to update, in the format of {manpage}`systemd.time(7)`.";
    };

    user = mkOption {
      type = types.str;
      example = "project";
      description = "The user that updates and commits.";
    };

    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--allow-downgrade" "tree-sitter/" ];
      description = "Additional arguments for {command}`pinfetch update`, such as names of pins.";
    };

    environmentFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/run/keys/pinfetch";
      description = "A file with lines such as `GITHUB_TOKEN=…`, for private sources. Keep it out of the Nix store, which every user can read.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.timers.pinfetch = {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.schedule;
        Persistent = true;
        RandomizedDelaySec = "10min";
      };
    };

    systemd.services.pinfetch = {
      description = "Update of the pins in ${cfg.directory}";
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      path = [ cfg.package pkgs.gitMinimal ];
      environment = {
        GIT_AUTHOR_NAME = lib.mkDefault "pinfetch";
        GIT_AUTHOR_EMAIL = lib.mkDefault "pinfetch@localhost";
        GIT_COMMITTER_NAME = lib.mkDefault "pinfetch";
        GIT_COMMITTER_EMAIL = lib.mkDefault "pinfetch@localhost";
        XDG_CACHE_HOME = "/var/cache";
      };
      script = "pinfetch update --commit ${lib.escapeShellArgs cfg.extraArgs}";

      serviceConfig = {
        Type = "oneshot";
        User = cfg.user;
        WorkingDirectory = cfg.directory;
        CacheDirectory = "pinfetch";

        # pinfetch reads the system, writes the directory and the cache, and uses the network.
        ReadWritePaths = [ cfg.directory ];
        ProtectSystem = "strict";
        ProtectHome = "read-only";
        PrivateTmp = true;
        PrivateDevices = true;
        NoNewPrivileges = true;
        CapabilityBoundingSet = "";
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        SystemCallArchitectures = "native";
      }
      // lib.optionalAttrs (cfg.environmentFile != null) { EnvironmentFile = cfg.environmentFile; };
    };
  };
}
