setInterval(()=>postMessage(0),10);
