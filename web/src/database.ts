/** Promises of IndexedDB. */

/** Version 1 of a database; `create` makes its stores, the first time. Rejects where the browser keeps nothing. */
export async function opened(name: string, create: (database: IDBDatabase) => unknown): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    create(opening.result);
  };
  return answered(opening);
}

/** Done when the disk has it, not when the browser means to write it. */
export function written<T>(
  database: IDBDatabase,
  store: string,
  change: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    const request = change(transaction.objectStore(store));
    transaction.oncomplete = () => {
      resolve(request.result);
    };
    transaction.onabort = () => {
      reject(asError(transaction.error));
    };
  });
}

export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(asError(request.error));
    };
  });
}

function asError(error: DOMException | null): Error {
  return error ?? new DOMException("The browser keeps nothing.", "UnknownError");
}
