// The approval link carries the payment after the #, which is not sent to the server.
const found = /^#obu\/([0-9a-f-]{36})/.exec(location.hash);
location.replace(location.pathname.replace(/\/app\/.*$/, "/payment/" + (found ? found[1] : "unknown")));
