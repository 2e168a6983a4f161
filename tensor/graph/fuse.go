package graph

// Fusion: which values are computed as part of others.

import (
	"slices"

	"mgtool/tensor/internal/fuse"
)

// hides reports whether a value need not be in memory, because all its readers can
// compute it from its inputs, or as part of what they write.
func hides(v *value) bool {
	if v.kept || len(v.users) == 0 {
		return false
	}
	all := func(may func(u *value) bool) bool {
		return !slices.ContainsFunc(v.users, func(u *value) bool { return !may(u) })
	}
	switch w := v.work.(type) {
	case sigma:
		// In evaluation the convolution that computes x applies σ, once.
		return !(!w.train && only(v.in[0])) &&
			all(func(u *value) bool { return readsMapped(u, v) || addend(u, v) })
	case sigmaGradient:
		return all(func(u *value) bool { return readsMapped(u, v) }) || into(v.users[0]) == v
	case negative:
		return all(func(u *value) bool { return readsMapped(u, v) })
	case product:
		u := v.users[0]
		s, ok := u.work.(sigma)
		return into(u) == v || ok && !s.train && only(v)
	}
	return false
}

// only reports whether v is a product with a single reader.
func only(v *value) bool {
	_, ok := v.work.(product)
	return ok && !v.kept && len(v.users) == 1
}

// readsMapped reports whether u reads v, feature maps, through a fuse.Source.
func readsMapped(u, v *value) bool {
	switch u.work.(type) {
	case product:
		return u.in[0] == v && u.in[1] != v
	case weightGradient:
		return true
	}
	return false
}

// addend reports whether u is a sum that can apply the σ of v as it adds it.
func addend(u, v *value) bool {
	s, ok := u.work.(sum)
	if !ok || u.in[0] == u.in[1] || s.sign < 0 && u.in[0] != v {
		return false
	}
	if q := into(u); q != nil {
		_, ok := q.work.(product)
		return ok
	}
	return true
}

// into returns the input of a sum that is computed as part of it: a convolution or the
// gradient of a σ without another reader, nil if there is none.
func into(u *value) *value {
	s, ok := u.work.(sum)
	if !ok || u.in[0] == u.in[1] {
		return nil
	}
	for i := 1; i >= 0; i-- { // the later one first: the other is computed by then
		v := u.in[i]
		if v.kept || len(v.users) > 1 || i == 0 && s.sign < 0 {
			continue
		}
		switch v.work.(type) {
		case product:
			return v
		case sigmaGradient:
			if s.sign > 0 {
				return v
			}
		}
	}
	return nil
}

// source returns how a value is read, and the values in memory that this takes. Negated
// values are read with the opposite sign.
func (c *compiler) source(v *value) (read func() fuse.Source, reads []*value, sign int) {
	if v.hidden {
		switch w := v.work.(type) {
		case negative:
			read, reads, sign = c.source(v.in[0])
			return read, reads, -sign
		case sigma:
			x := v.in[0]
			return func() fuse.Source { return fuse.Source{X: x.data, Sigma: w.s} }, []*value{x}, 1
		case sigmaGradient:
			dy, x := v.in[0], v.in[1]
			return func() fuse.Source { return fuse.Source{X: dy.data, Sigma: w.s, Before: x.data} }, []*value{dy, x}, 1
		}
	}
	return func() fuse.Source { return fuse.Source{X: v.data} }, []*value{v}, 1
}
