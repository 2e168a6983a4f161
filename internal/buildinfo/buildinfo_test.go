package buildinfo

import (
	"runtime/debug"
	"testing"
)

func TestFrom(t *testing.T) {
	built := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}}}
	for want, b := range map[Info]*debug.BuildInfo{
		{"v1.2.3", "abc", true, "go1.26.0"}:   built,
		{unknown, unknown, false, "go1.26.0"}: {GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"}},
		{unknown, unknown, false, Read().Go}:  {},
	} {
		if got := from(b); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
