package sources

import (
	"cmp"
	"reflect"
)

// Request is a reference as a user typed it, with the options given beside it. The zero value of an option means
// that it was not given. Tags hold the option's group in help, its name, the word that stands for its value, and what it
// does.
type Request struct {
	Ref string

	Tracking `group:"Following"`
	Checkout `group:"Tree"`
	Access   `group:"Fetching" option:"private" value:"[=PREFIX]" help:"require credentials [=PREFIX]"`

	From     string `group:"Following" option:"from" value:"REF" help:"follow the versions of REF in a URL with {version}"`
	Match    string `group:"Following" option:"match" value:"REGEX" help:"find versions in a page by REGEX, with one group"`
	Path     string `group:"Following" option:"json-path" value:"PATH" help:"find versions in a JSON document by PATH"`
	DistTag  string `group:"Following" option:"dist-tag" value:"TAG" help:"follow the npm tag TAG, such as next"`
	Asset    string `group:"Fetching" option:"asset" value:"NAME" help:"pin a release's file NAME, such as 'a-{version}.zip'"`
	Wheel    string `group:"Fetching" option:"wheel" value:"TAGS" help:"pin the wheel TAGS, such as py3-none-any"`
	NoUnpack bool   `group:"Tree" option:"no-unpack" help:"pin the crate's file, not its contents"`
	Redirect bool   `group:"Fetching" option:"redirect" help:"lock the address to which a URL redirects"`

	Host        string   `group:"Fetching" option:"host" value:"HOST" help:"use the forge or registry at HOST"`
	FetchURL    string   `group:"Fetching" option:"fetch-url" value:"URL" help:"make builds fetch from URL"`
	Unpack      bool     `group:"Tree" option:"unpack" help:"pin the contents of an archive"`
	NoStripRoot bool     `group:"Tree" option:"no-strip-root" help:"keep an archive's top-level directory"`
	Executable  bool     `group:"Tree" option:"executable" help:"mark the file executable"`
	AllowHTML   bool     `group:"Fetching" option:"allow-html" help:"accept a web page instead of a file"`
	Systems     []string `group:"Fetching" option:"system" value:"SYSTEM=TEXT" help:"SYSTEM=TEXT, a URL or the word for {system}; repeatable"`
	StoreName   string   `group:"Naming" option:"store-name" value:"NAME" help:"name the store path NAME (default: nixpkgs' choice)"`
}

// Option is one thing that a user can ask for beside a reference.
type Option struct {
	Group string // under which help lists it, "Following"
	Name  string // "branch"
	Short string // one letter that stands for it, or ""
	Value string // what stands for its value in Help, "NAME"; "" for an option that takes none
	Help  string // what it does, "follow the branch NAME"
	Field any    // where a Request keeps it: a *string, *bool, *[]string, *Patterns or *Access
}

// IsSet reports whether the option was given.
func (o Option) IsSet() bool { return !reflect.ValueOf(o.Field).Elem().IsZero() }

// Options returns every option that a Request can hold, in the order in which help lists them.
func (r *Request) Options() []Option { return options(reflect.ValueOf(r).Elem(), "") }

func options(v reflect.Value, group string) (found []Option) {
	for i := range v.NumField() {
		field, tag := v.Field(i), v.Type().Field(i).Tag
		group := cmp.Or(tag.Get("group"), group)
		if name := tag.Get("option"); name != "" {
			found = append(found, Option{group, name, tag.Get("short"), tag.Get("value"), tag.Get("help"), field.Addr().Interface()})
		} else if field.Kind() == reflect.Struct {
			found = append(found, options(field, group)...)
		}
	}
	return found
}

// GitOptions returns the names of the options that every git-hosted kind takes, and more.
func GitOptions(more ...string) []string {
	return append([]string{
		"branch", "tag", "constraint", "prerelease", "min-age", "rev",
		"submodules", "lfs", "sparse-checkout", "root-dir", "store-name", "private",
	}, more...)
}

// ReleaseOptions returns the names of the options that every git-hosted kind with releases takes, and more.
func ReleaseOptions(more ...string) []string {
	return GitOptions(append([]string{"release", "asset", "system", "unpack", "no-strip-root", "executable"}, more...)...)
}

// PackageOptions returns the names of the options that every kind of package of a registry takes, and more.
func PackageOptions(more ...string) []string {
	return append([]string{"constraint", "prerelease", "min-age", "rev", "store-name"}, more...)
}
