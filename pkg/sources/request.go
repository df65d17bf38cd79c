package sources

import "reflect"

// Request is a reference as a user typed it, with the options given beside it. The zero value of an option means
// that it was not given. Tags hold the option's name, the word that stands for its value, and what it does.
type Request struct {
	Ref string

	Tracking // what to follow
	Checkout // which tree of it
	Access   `option:"private" value:"PREFIX" help:"builds need credentials, from environment variables named NIX_…, or NIX_PREFIX_… with a PREFIX"`

	Host        string   `option:"host" value:"HOST" help:"the repository is on HOST (a GitHub Enterprise server)"`
	FetchURL    string   `option:"fetch-url" value:"URL" help:"builds fetch from URL (for ssh and local repositories)"`
	Unpack      bool     `option:"unpack" help:"the file is an archive: pin its contents"`
	NoStripRoot bool     `option:"no-strip-root" help:"keep the top-level directory of an unpacked archive"`
	Executable  bool     `option:"executable" help:"mark the file executable"`
	Systems     []string `option:"system" value:"SYSTEM=URL" help:"use another file on each system: SYSTEM=URL, or SYSTEM if the reference contains {system}; repeatable"`
	StoreName   string   `option:"store-name" value:"NAME" help:"call the store path NAME (default: chosen by nixpkgs)"`
}

// Option is one thing that a user can ask for beside a reference.
type Option struct {
	Name  string // "branch"
	Value string // what stands for its value in Help, "NAME"; "" for an option that takes none
	Help  string // what it does, "follow the branch NAME"
	Field any    // where a Request keeps it: a *string, *bool, *[]string, *Patterns or *Access
}

// IsSet reports whether the option was given.
func (o Option) IsSet() bool { return !reflect.ValueOf(o.Field).Elem().IsZero() }

// Options returns every option that a Request can hold, in the order in which help lists them.
func (r *Request) Options() []Option { return options(reflect.ValueOf(r).Elem()) }

func options(v reflect.Value) (found []Option) {
	for i := range v.NumField() {
		field, tag := v.Field(i), v.Type().Field(i).Tag
		if name := tag.Get("option"); name != "" {
			found = append(found, Option{name, tag.Get("value"), tag.Get("help"), field.Addr().Interface()})
		} else if field.Kind() == reflect.Struct {
			found = append(found, options(field)...)
		}
	}
	return found
}

// GitOptions returns the names of the options that every git-hosted kind takes, and more.
func GitOptions(more ...string) []string {
	return append([]string{
		"branch", "tag", "constraint", "prerelease", "rev",
		"submodules", "lfs", "sparse-checkout", "root-dir", "store-name", "private",
	}, more...)
}
