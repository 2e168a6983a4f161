package tool

// The problems with a known solution.

import (
	"slices"

	"mgtool/pde"
)

// ListedProblem is a problem of the catalogue with the dimensions it is posed in.
type ListedProblem struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Dims  []int  `json:"dims"`
}

// Problems lists the catalogue; the description of a problem is that of the first
// of the dimensions 2, 1 and 3 that has it.
func Problems() []ListedProblem {
	var list []ListedProblem
	for _, dim := range []int{2, 1, 3} {
		for _, p := range pde.Catalogue(dim) {
			i := slices.IndexFunc(list, func(l ListedProblem) bool { return l.Name == p.Name })
			if i < 0 {
				i = len(list)
				list = append(list, ListedProblem{Name: p.Name, About: p.About})
			}
			list[i].Dims = append(list[i].Dims, dim)
			slices.Sort(list[i].Dims)
		}
	}
	return list
}
