// Package store keeps the product's facts in a relational database: accounts, projects, datasets with their entries,
// model versions, tags, and the long work that is not done yet.
//
// Its one idea: one set of portable SQL serves SQLite and PostgreSQL. The packages sqlite and postgres only open a
// database and bring its schema up to date; whatever storetest checks holds on both. Every write that acts on a
// state is conditional on that state, and every transaction behaves as if it ran alone.
package store
