// Package buildinfo tells which program this is.
package buildinfo

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"sync"
)

// Unknown stands for what the build has not noted: go run and go test note no
// commit, and outside of a checkout there is none.
const Unknown = "unknown"

// Info is a program's origin.
type Info struct {
	Version  string // of the module; Unknown for one without
	Commit   string
	Modified bool // since the commit
	Go       string
}

// Read tells it from what go build has noted in the program.
var Read = sync.OnceValue(func() Info {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		b = &debug.BuildInfo{}
	}
	return from(b)
})

func from(b *debug.BuildInfo) Info {
	info := Info{Version: cmp.Or(b.Main.Version, Unknown), Commit: Unknown, Go: cmp.Or(b.GoVersion, runtime.Version())}
	if info.Version == "(devel)" {
		info.Version = Unknown
	}
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Commit = s.Value
		case "vcs.modified":
			info.Modified = s.Value == "true"
		}
	}
	return info
}
