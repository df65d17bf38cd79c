package gitcmd

import (
	"slices"
	"testing"
)

func TestAbsolute(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ env, want []string }{
		{[]string{"A=1", "PATH=/bin:/usr/bin"}, []string{"A=1", "PATH=/bin:/usr/bin"}},
		{[]string{"PATH=:/bin"}, []string{"PATH=/bin"}},
		{[]string{"PATH=/bin:"}, []string{"PATH=/bin"}},
		{[]string{"PATH=/bin::/usr/bin"}, []string{"PATH=/bin:/usr/bin"}},
		{[]string{"PATH=.:/bin:./x:../y:bin:~/bin"}, []string{"PATH=/bin"}},
		{[]string{"PATH="}, []string{"PATH="}},
		{[]string{"GIT_EXEC_PATH=.", "B=."}, []string{"B=."}},
		{[]string{"GIT_EXEC_PATH=/lib/git"}, []string{"GIT_EXEC_PATH=/lib/git"}},
	} {
		given := slices.Clone(tt.env)
		if got := absolute(tt.env); !slices.Equal(got, tt.want) || !slices.Equal(tt.env, given) {
			t.Errorf("%q: got %q, want %q", given, got, tt.want)
		}
	}
}
