# python3 server.py RECIPE, such as standardwebhooks
import importlib
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

recipe = importlib.import_module(f"{sys.argv[1]}_recipe")


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(204 if recipe.is_genuine(body, headers) else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 0))), Handler)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
