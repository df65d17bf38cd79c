// Package bot keeps requests to merge updates of pins: it opens them, keeps them current, closes them, and leaves alone what
// people have touched. A request is a pull request or a merge request.
//
// # Branches
//
// Each group of pins has one branch of a stable name below "pinfetch/": that of the pin, of the scope, "all", or the name of a
// group. The branch is rebuilt from the base, as one commit of one file, the lock. The commit carries a [Trailer] with the
// bot's address. A branch is the bot's if the author and the committer of its tip have the address of that trailer; whoever
// amends, rebases or adds to it makes it theirs, and the bot then writes to neither branch nor request, and says so once in a
// comment.
//
// # Requests
//
// What the bot knows of a request is in the request: a [body.State] in its body, which no reader sees. So no run depends on
// what an earlier one kept, and a run that is killed at any point is finished by the next. What people write around the bot's
// part of a body stays. A request that a person closed is not opened again for what it would have locked.
//
// A branch is pushed only if its tree would differ, with a lease, and title and body are written only if they would differ. A
// request whose pins are up to date, gone or frozen is closed with the reason, and its branch is deleted.
package bot
