package bench

import (
	"mgtool/mgnet"
)

// loose are parameters without a network.
type loose struct {
	params []*mgnet.Param
	norms  []*mgnet.Norm
}

func (l *loose) Params() []*mgnet.Param { return l.params }

func (l *loose) Norms() []*mgnet.Norm { return l.norms }

// of makes them without norms.
func of(list ...*mgnet.Param) *loose { return &loose{params: list} }
