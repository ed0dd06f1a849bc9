/** Something the caller gave was wrong; the message is one line, fit to be shown as it is. */
export class VisavisError extends Error {
  override name = 'VisavisError'
}

/** A query, filter or number of results that cannot be understood. */
export class QueryError extends VisavisError {
  override name = 'QueryError'
}

/** A model folder that is missing, incomplete or of an unknown format. */
export class ModelError extends VisavisError {
  override name = 'ModelError'
}

/** A collection that is damaged, or was made with another model. */
export class CollectionError extends VisavisError {
  override name = 'CollectionError'
}
