// Package pages asks the operating system for pages that suit large arrays.
package pages
