import "../../src/network/with-resolvers.js";
