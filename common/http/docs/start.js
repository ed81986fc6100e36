// Without a validator: that one would ask another host.
globalThis.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', validatorUrl: null });
