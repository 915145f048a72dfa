// Does nothing, and prints what memory that takes, in KiB.
console.log(JSON.stringify({ memory: process.resourceUsage().maxRSS }));
