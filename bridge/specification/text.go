package specification

// The short form of a classifier's specification, for flags and for tables.

import (
	"fmt"
	"slices"
	"strings"
)

// Parse reads the short form of a classifier's specification, such as
//
//	A=fixed,B=start/apart,R=learned/cyclic:2,mixing=learned,share=levels
//
// which has PART=STATE, with apart and the levels that share it behind a slash, and share and
// others for the whole. Parts that are left out are learned unless others says something else.
func Parse(text string) (Specification, error) {
	pairs := map[string]string{}
	for field := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(field), "=")
		switch {
		case !ok || value == "":
			return Specification{}, fmt.Errorf("specification: %q in %q; want PART=STATE, with a part of %s, and fixed, learned, start or random", field, text, strings.Join(parts, ", "))
		case pairs[name] != "":
			return Specification{}, fmt.Errorf("specification: %s twice in %q; want it once", name, text)
		}
		pairs[name] = value
	}
	return FromPairs(pairs)
}

// keys of the short form beside the parts.
const (
	keyShare, keyOthers = "share", "others"
	wordApart           = "apart"
)

// FromPairs is [Parse] of the pairs of names and values.
func FromPairs(pairs map[string]string) (Specification, error) {
	s := Specification{Share: pairs[keyShare], Others: State(pairs[keyOthers])}
	if s.Others == "" {
		s.Others = Anew
	}
	for name, value := range pairs {
		if name == keyShare || name == keyOthers {
			continue
		}
		words := strings.Split(value, "/")
		w := Switch{State: State(words[0])}
		for _, word := range words[1:] {
			switch {
			case word == wordApart && !w.Apart:
				w.Apart = true
			case word != wordApart && w.Share == "":
				w.Share = word
			default:
				return s, fmt.Errorf("specification: %s=%s; want STATE, STATE/apart or STATE/SHARE", name, value)
			}
		}
		if s.Operators == nil {
			s.Operators = map[string]Switch{}
		}
		s.Operators[name] = w
	}
	return s, s.Validate(Images)
}

// Pairs is the reverse of [FromPairs], for a classifier's specification, without its name.
func (s Specification) Pairs() map[string]string {
	pairs := map[string]string{}
	for name, w := range s.Operators {
		words := []string{string(w.State)}
		if w.State == "" {
			words[0] = string(s.Of(name).State)
		}
		if w.Apart {
			words = append(words, wordApart)
		}
		if w.Share != "" {
			words = append(words, w.Share)
		}
		pairs[name] = strings.Join(words, "/")
	}
	if s.Share != "" {
		pairs[keyShare] = s.Share
	}
	if s.Others != Anew {
		pairs[keyOthers] = string(Fixed)
		if s.Others != "" {
			pairs[keyOthers] = string(s.Others)
		}
	}
	return pairs
}

// String is the short form that [Parse] reads.
func (s Specification) String() string {
	pairs := s.Pairs()
	var fields []string
	for _, name := range slices.Concat(parts, []string{keyShare, keyOthers}) {
		if v := pairs[name]; v != "" {
			fields = append(fields, name+"="+v)
		}
	}
	return strings.Join(fields, ",")
}
